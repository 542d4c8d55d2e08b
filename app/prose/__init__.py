"""Words as values: Markdown to safe HTML, diffs, slugs, gaps, typed text. Any storey may call it."""
