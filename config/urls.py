from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("recordings.urls")),
    path("", include("classroom.jitsi.urls")),
    path("", include("config.api")),
]
