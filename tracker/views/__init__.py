"""What people look at: batches, manifests, findings, alerts, the register, and one box that finds anything."""
