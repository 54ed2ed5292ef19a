"""What people can do: one module per family of use cases. Every function takes the actor and asks `authorize`."""
