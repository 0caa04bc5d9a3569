"""Stories: whole lives of batches as data. Each file is an acceptance test, a page of docs/stories and a demo at once.

``python -m tests.stories`` plays them all over HTTP and writes the pages anew; ``test_stories.py`` plays them and holds the
pages against what it got.
"""
