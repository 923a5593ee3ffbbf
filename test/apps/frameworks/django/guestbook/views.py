"""The pages of a small site of Django's."""

import hashlib
import json

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe


@require_safe
def index(request):
    name, link = request.session.get("name", "stranger"), reverse("item", args=["tea"])
    return HttpResponse(format_html('<p>Hello, {}!</p><a href="{}">tea</a>', name, link))


@csrf_exempt
@require_POST
def name(request):
    request.session["name"] = request.POST["name"]
    return redirect("index")


@csrf_exempt
@require_safe
def item(request, name):
    return JsonResponse({"item": name, "query": request.GET.get("q"), "by": request.headers.get("X-By")})


@csrf_exempt
@require_POST
def upload(request):
    file = request.FILES["file"]
    return JsonResponse({"name": file.name, "digest": hashlib.sha256(file.read()).hexdigest()})


@csrf_exempt
@require_POST
def total(request):
    return JsonResponse({"sum": sum(json.load(request))})


@require_safe
def stream(request):
    return StreamingHttpResponse((f"{number}\n" for number in range(3)), content_type="text/plain")


@require_safe
def fail(request):
    raise ValueError("a page that fails")
