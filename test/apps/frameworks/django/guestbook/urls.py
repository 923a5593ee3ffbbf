"""Where the pages are."""

from django.contrib import admin
from django.urls import path

from guestbook import views

urlpatterns = [
    path("", views.index, name="index"),
    path("name", views.name),
    path("item/<name>", views.item, name="item"),
    path("upload", views.upload),
    path("sum", views.total),
    path("stream", views.stream),
    path("fail", views.fail),
    path("admin/", admin.site.urls),
]
