"""The commands that are typed, one module each; heavy imports stand inside them. `cli` puts them together."""
