/** Swagger UI comes as a script of its own, loaded before this one. */
declare global {
  interface Window {
    SwaggerUIBundle?: (settings: Record<string, unknown>) => void;
  }
}

const place = document.querySelector<HTMLElement>("#api-docs[data-schema]");
if (place && window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: place.dataset["schema"],
    domNode: place,
    docExpansion: "list",
    displayRequestDuration: true,
    validatorUrl: null,
    requestInterceptor: withCsrf,
  });
}

function withCsrf(request: { headers: Record<string, string> }): unknown {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  if (token) request.headers["X-CSRFToken"] = token;
  return request;
}

export {};
