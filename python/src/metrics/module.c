/* SPDX-License-Identifier: Apache-2.0 */
/* The module `vireo._metrics`: arguments in, src/stats/ through, results out.  What the
 * functions mean is told where users see them, in vireo/metrics/. */
#include "columns.h"

static int module_exec(PyObject *module)
{
    static PyMethodDef *const tables[] = {curve_functions, label_functions, number_functions,
                                          shape_functions, text_functions,  test_functions};
    MetricsState *st = PyModule_GetState(module);

    st->block_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &block_spec, NULL);
    st->top_left = PyUnicode_InternFromString("top_left");
    st->bottom_right = PyUnicode_InternFromString("bottom_right");
    st->points = PyUnicode_InternFromString("points");
    st->score = PyUnicode_InternFromString("score");
    if (!st->block_type || !st->top_left || !st->bottom_right || !st->points || !st->score)
        return -1;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (PyModule_AddFunctions(module, tables[i]))
            return -1;
    return 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    MetricsState *st = PyModule_GetState(module);

    Py_VISIT(st->block_type);
    return 0;
}

static int module_clear(PyObject *module)
{
    MetricsState *st = PyModule_GetState(module);

    Py_CLEAR(st->block_type);
    Py_CLEAR(st->top_left);
    Py_CLEAR(st->bottom_right);
    Py_CLEAR(st->points);
    Py_CLEAR(st->score);
    return 0;
}

static void module_free(void *module)
{
    if (PyModule_GetState(module))
        module_clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)module_exec},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "vireo._metrics",
    .m_doc = "Evaluation metrics in C; see vireo.metrics.",
    .m_size = sizeof(MetricsState),
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__metrics(void);

PyMODINIT_FUNC PyInit__metrics(void)
{
    return PyModuleDef_Init(&definition);
}
