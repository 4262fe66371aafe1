"""Rules that change deals by themselves: an event or a time, conditions, actions."""
