"""The served hub over the demonstration county, browsers without a screen, and the bare server beside it, for `bench_web` and
`bench_pages`."""
