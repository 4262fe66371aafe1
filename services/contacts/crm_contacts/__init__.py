"""The contacts service: people, companies, leads, activities, tasks and sign-in."""
