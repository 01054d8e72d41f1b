/* Runs the shared vectors that reach the boundary, each by the name of its call, and the typed
 * exports beside it. Fails if it executes fewer cases than the manifest counts. */

#include "support.h"

static const char *const FILES[] = {
    "amounts.json",       "api_answers.json",        "api_requests.json",
    "decisions.json",     "matching.json",           "payment_uris.json",
    "webhook_events.json", "webhook_signatures.json",
};

static json_t *read_file(const char *folder, const char *name)
{
    char path[1000];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    json_t *document = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (document == NULL) {
        fprintf(stderr, "%s: %s\n", path, error.text);
        exit(1);
    }
    return document;
}

static int hex_digit(char digit)
{
    return digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10;
}

/* The bytes that a case carries, in memory that the caller frees. */
static uint8_t *body_of(const json_t *case_, size_t *len)
{
    const json_t *plain = json_object_get(case_, "body");
    const json_t *hex = json_object_get(case_, "body_hex");
    const json_t *repeat = json_object_get(case_, "body_repeat");
    size_t times = 1;
    if (repeat != NULL) {
        plain = json_object_get(repeat, "text");
        times = (size_t)json_integer_value(json_object_get(repeat, "times"));
    }
    size_t one = json_string_length(plain);
    const char *from = json_string_value(plain);
    if (hex != NULL) {
        one = json_string_length(hex) / 2;
        from = json_string_value(hex);
    }
    /* Exactly as long as the body: a read beyond it is found by the sanitizer. */
    uint8_t *body = (uint8_t *)malloc(one * times > 0 ? one * times : 1);
    CHECK(body != NULL);
    for (size_t place = 0; hex != NULL && place < one; place++) {
        body[place] = (uint8_t)(hex_digit(from[2 * place]) << 4 | hex_digit(from[2 * place + 1]));
    }
    for (size_t time = 0; hex == NULL && one > 0 && time < times; time++) {
        memcpy(body + time * one, from, one);
    }
    *len = one * times;
    return body;
}

static void failed(const char *name, const char *what, const json_t *found)
{
    char *shown = found == NULL ? NULL : json_dumps(found, JSON_ENCODE_ANY);
    fprintf(stderr, "%s: %s %s\n", name, what, shown == NULL ? "" : shown);
    exit(1);
}

/* The error has to have what the case lists. */
static void compare_error(const char *name, const json_t *case_, const json_t *found)
{
    const json_t *wanted = json_object_get(case_, "error");
    const char *field;
    json_t *value;
    if (json_is_string(wanted)) {
        if (!json_equal(wanted, json_object_get(found, "code"))) {
            failed(name, "ended in", found);
        }
    } else if (json_is_object(wanted)) {
        json_object_foreach((json_t *)wanted, field, value) {
            if (!json_equal(value, json_object_get(found, field))) {
                failed(name, field, found);
            }
        }
    } else {
        failed(name, "should have gone well, not", found);
    }
    const char *const more[] = {"cause", "skew_s"};
    for (size_t place = 0; place < 2; place++) {
        const json_t *said = json_object_get(case_, more[place]);
        if (said != NULL && !json_equal(said, json_object_get(found, more[place]))) {
            failed(name, more[place], found);
        }
    }
}

/* The export of the same name gives the same. */
static void compare_verify(const json_t *arguments, coinpay_slice body, const json_t *gives)
{
    coinpay_secrets *secrets = NULL;
    coinpay_verified verified;
    coinpay_buffer err;
    char *list = json_dumps(json_object_get(arguments, "secrets"), 0);
    CHECK(coinpay_secrets_new(text(list), &secrets, &err) == COINPAY_STATUS_OK);
    const json_t *header = json_object_get(arguments, "header");
    const json_t *tolerance = json_object_get(arguments, "tolerance_s");
    /* An empty header is not the same as none. */
    coinpay_slice signature = none();
    if (json_is_string(header)) {
        signature = bytes(json_string_value(header), json_string_length(header));
    }
    coinpay_status status = coinpay_webhook_verify(
        secrets, body, signature, json_integer_value(json_object_get(arguments, "now_ms")),
        tolerance == NULL ? 300 : (uint64_t)json_integer_value(tolerance), &verified, &err);
    if (gives != NULL) {
        CHECK(status == COINPAY_STATUS_OK);
        CHECK(verified.timestamp_s == json_integer_value(json_object_get(gives, "timestamp_s")));
        CHECK((json_int_t)verified.secret_index ==
              json_integer_value(json_object_get(gives, "secret_index")));
    } else {
        expect_error(status, &err, text_at(arguments, "error"));
    }
    coinpay_secrets_free(secrets);
    free(list);
}

static void run_case(const json_t *file, const json_t *case_)
{
    const char *name = text_at(case_, "name");
    json_t *arguments = json_copy((json_t *)case_);
    json_t *every = json_object_get(file, "every");
    if (every != NULL) {
        CHECK(json_object_update_missing(arguments, every) == 0);
    }
    size_t len = 0;
    uint8_t *body = body_of(case_, &len);
    char *document = json_dumps(arguments, 0);
    const char *call = text_at(arguments, "call");
    const json_t *gives = json_object_get(case_, "gives");
    coinpay_buffer out, err;
    coinpay_status status =
        coinpay_call(text(call), text(document), bytes(body, len), &out, &err);
    if (status == COINPAY_STATUS_OK) {
        json_t *found = taken(&out);
        if (gives == NULL || !json_equal(gives, found)) {
            failed(name, "gave", found);
        }
        json_decref(found);
    } else {
        json_t *found = taken(&err);
        CHECK(is_text(coinpay_status_name((uint32_t)status), text_at(found, "code")));
        compare_error(name, case_, found);
        json_decref(found);
    }
    if (strcmp(call, "verify_webhook") == 0) {
        compare_verify(arguments, bytes(body, len), gives);
    }
    free(document);
    free(body);
    json_decref(arguments);
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    CHECK(coinpay_abi_version() == COINPAY_ABI_VERSION);
    json_t *manifest = read_file(arguments[1], "manifest.json");
    size_t total = 0;
    for (size_t place = 0; place < sizeof FILES / sizeof *FILES; place++) {
        json_t *file = read_file(arguments[1], FILES[place]);
        const json_t *cases = json_object_get(file, "cases");
        const json_t *wanted = json_object_get(json_object_get(manifest, "files"), FILES[place]);
        json_int_t executed = 0;
        for (size_t index = 0; index < json_array_size(cases); index++) {
            run_case(file, json_array_get(cases, index));
            executed++;
        }
        if (executed < json_integer_value(wanted) || executed == 0) {
            failed(FILES[place], "has fewer cases than the manifest says:", wanted);
        }
        total += (size_t)executed;
        json_decref(file);
    }
    json_decref(manifest);
    printf("%zu vectors\n", total);
    return 0;
}
