from django.urls import path

from whiteboard.api import boards, exports, files

BOARD = "boards/<uuid:board_id>/"

urlpatterns = [
    path(BOARD + "snapshot", boards.board_snapshot, name="board_snapshot"),
    path(BOARD + "pages/current.svg", boards.board_current_page, name="board_current_page"),
    path(BOARD + "pages/<uuid:page_id>.svg", boards.board_page, name="board_page"),
    path(BOARD + "files", files.board_files, name="board_files"),
    path(BOARD + "files/<uuid:file_id>", files.board_file, name="board_file"),
    path(BOARD + "files/<uuid:file_id>/cancel", files.board_file_cancel, name="board_file_cancel"),
    path(BOARD + "files/<uuid:file_id>/<int:page>", files.board_picture, name="board_picture"),
    path(BOARD + "exports", exports.board_exports, name="board_exports"),
    path(BOARD + "exports/<uuid:export_id>", exports.board_export, name="board_export"),
    path(BOARD + "exports/<uuid:export_id>/file", exports.board_export_file, name="board_export_file"),
]
