from django.urls import path

from classroom.jitsi import hooks

urlpatterns = [
    path("events", hooks.events, name="jitsi_events"),
    path("event-sync/events/<str:noun>/<str:verb>", hooks.event_sync, name="jitsi_event_sync"),
    path("reservations/conference", hooks.reservations, name="jitsi_reservations"),
    path("reservations/conference/<str:reservation>", hooks.reservation, name="jitsi_reservation"),
]
