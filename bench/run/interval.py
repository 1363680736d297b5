"""What a median of a few rounds is worth."""
import math

ROUNDS_MIN = 5
COVERED = 0.90


def of_median(values):
    """The two of the values between which the median lies with a probability of at least 90 %, whatever the
    distribution: order statistics. Nothing where there are fewer than five."""
    count = len(values)
    if count < ROUNDS_MIN:
        return None
    ordered = sorted(values)
    outside, cut = 0.0, 0
    for below in range(count // 2):
        outside += 2 * math.comb(count, below) / 2 ** count
        if 1 - outside < COVERED:
            break
        cut = below
    return ordered[cut], ordered[count - 1 - cut]
