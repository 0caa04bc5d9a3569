"""HTTP only: no SQL, no rules. Resources know nothing of each other; ``app.create_app`` wires them."""
