"""The demo registry: real facts about official images, on loopback."""
