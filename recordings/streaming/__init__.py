"""A lesson as a live stream: what a recorder sends comes in, is cut into pieces and laid out for players.

`station` is a process of its own without Django, one a broadcast; `host` keeps the stations that PostgreSQL wants.
"""
