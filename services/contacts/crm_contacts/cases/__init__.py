"""Support cases: what customers ask for help with, and how fast and how well they get it."""
