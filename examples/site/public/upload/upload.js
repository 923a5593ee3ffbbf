// Sends the form in the background and shows how far it is. Without JavaScript the browser sends it by itself.
"use strict";

const form = document.querySelector("form");
const progress = form.querySelector("progress");
const output = form.querySelector("output");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    progress.value = loaded / total;
    output.value = `${Math.round((100 * loaded) / total)} %`;
  });
  request.addEventListener("load", () => show(request));
  request.addEventListener("error", () => (output.value = "The server did not take it."));
  request.responseType = "document";
  request.open("POST", form.action);
  request.send(new FormData(form));
  progress.hidden = false;
});

// The answer is the page that the browser would have gone to.
function show({ status, response }) {
  const answer = response?.querySelector("main");
  if (answer) document.querySelector("main").replaceWith(answer);
  else output.value = `The server did not take it (${status}).`;
}
