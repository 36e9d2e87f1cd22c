from django.urls import path

from classroom.jitsi import key_server

urlpatterns = [
    path("jitsi/jwks.json", key_server.key_set, name="jitsi_key_set"),
    path("jitsi/asap/<str:name>.pem", key_server.asap_key, name="jitsi_asap_key"),
]
