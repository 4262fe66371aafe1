"""Alarms: a metric crosses a bound, or a customer's rhythm breaks, and colleagues are told once."""
