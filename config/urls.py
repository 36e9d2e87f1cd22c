from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("recordings.urls")),
]
handler404 = "dashboard.views.errors.not_found"
handler500 = "dashboard.views.errors.server_error"
