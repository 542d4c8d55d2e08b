"""The product's sentence: plan, generate, review, schedule, publish, recall. One verb, one intention."""
