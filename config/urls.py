from django.urls import include, path

from classroom.jitsi.fronts import branding

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("recordings.urls")),
    path("", include("whiteboard.urls")),
    path("jitsi/branding", branding, name="jitsi_branding"),
    path("", include("classroom.jitsi.urls")),
    path("hooks/jitsi/", include("classroom.jitsi.hook_urls")),
    path("", include("config.api")),
]
