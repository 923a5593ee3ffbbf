from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("greet/<name>", lambda request, name: HttpResponse(f"Hello, {name}, at {request.path}"))]
