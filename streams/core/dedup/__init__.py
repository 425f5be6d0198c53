"""Telling copies from news: fingerprints and the policy over them."""
