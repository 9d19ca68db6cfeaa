"""Make the README's picture from the demo's film: python docs/picture.py demo/demo.mp4"""

import sys
from pathlib import Path

import av
import cv2
import numpy as np

FRAMES = range(122, 164, 7)  # of SH030, while the German line is spoken
FACE = (slice(60, 540), slice(235, 715))  # of either half
HALF_PX = 960
SIDE_PX = 210

with av.open(sys.argv[1]) as film:
    frames = [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]
halves = [
    np.hstack(
        [cv2.resize(half[FACE], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) for half in row]
    )
    for row in ([frames[k][:, :HALF_PX] for k in FRAMES], [frames[k][:, HALF_PX:] for k in FRAMES])
]
cv2.imwrite(
    str(Path(__file__).with_name("demo.jpg")), np.vstack(halves), [cv2.IMWRITE_JPEG_QUALITY, 88]
)
