"""Packages of the wheel: conf/ and guides/ stay at the top of the repository and are packaged with the code."""

from setuptools import find_packages, setup

setup(packages=[*find_packages("src"), "neural_guide.conf", "neural_guide.guides"])
