"""`make prove`: what is promised of sovereignty, proved at full counts; the suite runs a short form of each part."""
