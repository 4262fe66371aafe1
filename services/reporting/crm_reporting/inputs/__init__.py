"""What people enter: baselines, plans, costs, staff, investments, how the effect is judged."""
