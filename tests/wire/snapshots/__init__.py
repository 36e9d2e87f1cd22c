"""Of each socket: whoever heard every fact knows what a newcomer is told. Each fact of the vocabulary has its case."""
