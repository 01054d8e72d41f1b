// What the package's WebAssembly has no room for, the decisions by themselves, is in a module of the
// same core for the tests alone; the native builds have it in them.

/** Gives the calls of the module: `call(name, args)`. */
export function verdictsOver(glue, module) {
  glue.initSync({ module });
  return (name, args) => {
    const { output, error } = JSON.parse(glue.call(name, JSON.stringify(args), new Uint8Array()));
    if (error) throw Object.assign(new Error(error.message), error);
    return output;
  };
}
