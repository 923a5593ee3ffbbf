"""The page: the latest entries, and a form for another one."""

from django.forms import modelform_factory
from django.shortcuts import redirect, render

from guestbook.models import Entry

EntryForm = modelform_factory(Entry, fields=["name", "message"])


def guestbook(request):
    form = EntryForm(request.POST or None)
    if form.is_valid():
        form.save()
        return redirect("guestbook")
    return render(request, "guestbook/guestbook.html", {"form": form, "entries": Entry.objects.all()[:20]})
