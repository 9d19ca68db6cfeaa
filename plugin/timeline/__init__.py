"""The only room that imports OpenTimelineIO: timelines in, dubbed timelines out."""
