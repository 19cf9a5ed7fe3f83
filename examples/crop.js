// How is a box drawn on a picture? With mouse, pen or finger; the picture as people see it.

/** Show a picture on a canvas and let a box be drawn; `box()` gives its edges as fractions. */
export async function cropper(canvas, file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  Object.assign(canvas, { width: picture.width, height: picture.height });
  const pen = canvas.getContext("2d");
  let from = [0, 0];
  let to = [1, 1];

  const place = ({ offsetX, offsetY }) => [offsetX / canvas.clientWidth, offsetY / canvas.clientHeight];
  const within = (share) => Math.min(1, Math.max(0, share));
  const edges = (axis) => [from[axis], to[axis]].map(within).sort((a, b) => a - b);

  function draw() {
    const [left, right] = edges(0);
    const [top, bottom] = edges(1);
    const { width, height } = picture;
    pen.drawImage(picture, 0, 0);
    pen.lineWidth = Math.max(2, width / 200);
    pen.strokeStyle = "orange";
    pen.strokeRect(left * width, top * height, (right - left) * width, (bottom - top) * height);
  }

  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = to = place(event);
  };
  canvas.onpointermove = (event) => {
    if (event.buttons) to = place(event);
    draw();
  };
  draw();
  return {
    box: () => {
      const [left, right] = edges(0);
      const [top, bottom] = edges(1);
      return { top, left, bottom, right };
    },
  };
}
