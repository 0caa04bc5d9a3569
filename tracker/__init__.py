"""What the park knows: facts about waste, the state they lead to, and the mass they move. No HTTP, no paper."""
