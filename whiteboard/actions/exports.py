"""Asking for a copy of a whole board."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Person
from common.queue import enqueue_on_commit
from common.refusals import Refused
from whiteboard.models import UNFINISHED, Board, BoardExport, WorkState

FRESH = timedelta(hours=12)
A_WHILE, MOST_IN_A_WHILE = timedelta(minutes=10), 20


@transaction.atomic
def request_export(
    *, board: Board, format: str, layer: str, by: Person, now: datetime, with_added: bool = True
) -> BoardExport:
    """The one that is being made or was just made of the same edits, or a new one; Refused("slow_down")."""
    Board.objects.select_for_update(of=("self",)).get(pk=board.pk)
    mine = BoardExport.objects.filter(board=board, requested_by=by, asked_at__gt=now - FRESH)
    same = mine.filter(format=format, layer=layer, with_added=with_added)
    known = same.filter(state__in=UNFINISHED) | same.filter(state=WorkState.READY, seq=board.seq)
    if found := known.order_by("-asked_at").first():
        return found
    if mine.filter(asked_at__gt=now - A_WHILE).count() >= MOST_IN_A_WHILE:
        raise Refused("slow_down")
    export = BoardExport.objects.create(
        board=board, format=format, layer=layer, with_added=with_added, requested_by=by, asked_at=now
    )
    enqueue_on_commit("whiteboard.export_board", export.pk)
    return export
