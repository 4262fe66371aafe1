"""What other systems bring for us: leads, calls, activities, and whose a message is."""
