"""How the API speaks, whatever it speaks of: strict JSON, problems, pages, budgets, its own description."""
