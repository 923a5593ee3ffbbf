"""What administrators see of the guest book."""

from django.contrib import admin

from guestbook.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    """The list of the entries."""

    list_display = ["name", "message", "written"]
    search_fields = ["name", "message"]
