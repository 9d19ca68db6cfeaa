"""Make the README's picture from the demo's film: python docs/picture.py demo/demo.mp4"""

import sys
from pathlib import Path

import av
import cv2
import numpy as np

FRAMES = range(12, 48, 6)  # of SH010, while the German line is spoken
FACE = (slice(280, 480), slice(265, 465))  # of either half
HALF_PX = 768
SIDE_PX = 240

with av.open(sys.argv[1]) as film:
    frames = [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]
halves = [
    np.hstack(
        [cv2.resize(half[FACE], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC) for half in row]
    )
    for row in ([frames[k][:, :HALF_PX] for k in FRAMES], [frames[k][:, HALF_PX:] for k in FRAMES])
]
cv2.imwrite(
    str(Path(__file__).with_name("demo.jpg")), np.vstack(halves), [cv2.IMWRITE_JPEG_QUALITY, 88]
)
