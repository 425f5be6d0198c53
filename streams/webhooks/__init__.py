"""Webhooks as Standard Webhooks describes them: signing and backoff are pure, delivery and the address guard are not."""
