from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "dashboard/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/500.html", status=500)
