"""The paper (联单): what is inside the code on a container, its printed face, and the numbers people read out loud.

``code``, ``human``, ``number`` and ``keys`` are plain Python; ``label`` and ``face`` draw. None of them knows HTTP.
"""
