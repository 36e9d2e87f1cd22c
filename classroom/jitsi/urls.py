from django.urls import path, re_path

from classroom.jitsi import key_server

urlpatterns = [
    path("jitsi/jwks.json", key_server.key_set, name="jitsi_key_set"),
    re_path(r"^jitsi/asap/(?P<name>[0-9a-f]{64})\.pem$", key_server.asap_key, name="jitsi_asap_key"),
]
