/* What a caller does wrong, and what it gets: a status, an error's document, and nothing to free
 * that was not given. With -DPROVOKE also a panic inside of the library. */

#include "support.h"

static coinpay_buffer stale(void)
{
    static uint8_t rubbish[4] = "xyz";
    coinpay_buffer buffer;
    buffer.data = rubbish;
    buffer.len = 3;
    return buffer;
}

static void null_arguments_are_refused(void)
{
    coinpay_buffer out = stale(), err = stale();
    coinpay_status status =
        coinpay_engine_call(NULL, text("health"), none(), none(), &out, &err);
    CHECK(out.data == NULL && out.len == 0);
    expect_error(status, &err, "invalid_input");

    char *config = configuration("sqlite::memory:", 1);
    status = coinpay_engine_open(text(config), NULL, &err);
    expect_error(status, &err, "invalid_input");
    free(config);

    status = coinpay_qr_svg(text("hello"), NULL, &err);
    expect_error(status, &err, "invalid_input");
    CHECK(coinpay_qr_svg(text("hello"), NULL, NULL) == COINPAY_STATUS_INVALID_INPUT);
    CHECK(coinpay_qr_svg(bytes(NULL, 7), &out, NULL) == COINPAY_STATUS_INVALID_INPUT);
    CHECK(out.data == NULL);
    status = coinpay_webhook_verify(NULL, none(), none(), 0, 300, NULL, &err);
    expect_error(status, &err, "invalid_input");
    status = coinpay_flow_answer(NULL, text("{}"), none(), &out, &err);
    expect_error(status, &err, "invalid_input");

    coinpay_buffer_free(NULL);
    coinpay_engine_free(NULL);
    coinpay_shop_free(NULL);
    coinpay_flow_free(NULL);
    coinpay_secrets_free(NULL);
}

static void a_result_is_zeroed_before_anything_else(void)
{
    coinpay_engine *engine = (coinpay_engine *)(void *)&engine;
    coinpay_buffer err = stale();
    coinpay_status status = coinpay_engine_open(text("{\"mode\":"), &engine, &err);
    CHECK(engine == NULL);
    expect_error(status, &err, "invalid_configuration");
    coinpay_buffer_free(&err);
    CHECK(err.data == NULL);

    coinpay_buffer out = stale();
    CHECK(coinpay_qr_svg(text("x"), &out, &err) == COINPAY_STATUS_OK);
    CHECK(err.data == NULL && err.len == 0);
    CHECK(out.data[out.len] == '\0');
    coinpay_buffer_free(&out);
    coinpay_buffer_free(&out);
}

static void a_secret_is_not_repeated_in_an_error(void)
{
    coinpay_engine *engine = NULL;
    coinpay_buffer err;
    const char *config = "{\"mode\":\"live\",\"api_key\":\"cp_test_hunter2\",\"business_id\":\"x\"}";
    CHECK(coinpay_engine_open(text(config), &engine, &err) != COINPAY_STATUS_OK);
    CHECK(strstr((const char *)err.data, "hunter2") == NULL);
    coinpay_buffer_free(&err);
}

static void text_that_is_not_utf8_is_refused(void)
{
    coinpay_buffer out, err;
    coinpay_engine *engine = opened("sqlite::memory:", 1);
    coinpay_slice bad = bytes("\xff\xfe", 2);
    expect_error(coinpay_engine_call(engine, bad, none(), none(), &out, &err), &err,
                 "invalid_input");
    expect_error(coinpay_engine_call(engine, text("health"), bad, none(), &out, &err), &err,
                 "invalid_input");
    expect_error(coinpay_engine_call(engine, text("destroy"), none(), none(), &out, &err), &err,
                 "invalid_input");
    expect_error(coinpay_engine_call(engine, text("order_status"), text("{}"), none(), &out, &err),
                 &err, "invalid_input");
    expect_error(coinpay_webhook_parse(bad, &out, &err), &err, "webhook_unreadable");
    coinpay_engine_free(engine);
}

static coinpay_flow *started(const coinpay_shop *shop, coinpay_buffer *out)
{
    coinpay_flow *flow = NULL;
    coinpay_buffer err;
    const uint8_t randomness[32] = {7};
    CHECK(coinpay_flow_start(shop, text("health"), none(), none(), 1000, bytes(randomness, 32),
                             &flow, out, &err) == COINPAY_STATUS_OK);
    CHECK(flow != NULL);
    return flow;
}

static void a_flow_that_is_misused_ends_and_may_be_dropped_anywhere(void)
{
    coinpay_shop *shop = NULL;
    coinpay_flow *flow = NULL;
    coinpay_buffer out, err;
    char *config = configuration("nowhere", 1);
    expect_error(coinpay_shop_open(text(config), text("oracle"), &shop, &err), &err,
                 "invalid_input");
    CHECK(coinpay_shop_open(text(config), text("mysql"), &shop, &err) == COINPAY_STATUS_OK);
    free(config);
    expect_error(coinpay_flow_start(shop, text("health"), none(), none(), 0, text("short"), &flow,
                                    &out, &err),
                 &err, "invalid_input");
    CHECK(flow == NULL);

    const char *const wrong[] = {
        "",
        "{}",
        "{\"step\":1,\"now_ms\":1,\"answer\":\"elapsed\"}",
        "{\"step\":2,\"now_ms\":1,\"answer\":\"rows\",\"rows\":[]}",
    };
    for (size_t place = 0; place < 4; place++) {
        flow = started(shop, &out);
        json_t *step = taken(&out);
        CHECK(strcmp(text_at(step, "request"), "load") == 0);
        json_decref(step);
        for (int again = 0; again < 2; again++) {
            expect_error(coinpay_flow_answer(flow, text(wrong[place]), none(), &out, &err), &err,
                         "flow_misused");
        }
        coinpay_flow_free(flow);
    }
    /* A flow keeps what it needs of its shop; and one that was never answered is dropped. */
    flow = started(shop, &out);
    coinpay_buffer_free(&out);
    coinpay_shop_free(shop);
    const char *gone = "{\"step\":1,\"now_ms\":2,\"answer\":\"load_fault\","
                       "\"fault\":{\"class\":\"fatal\",\"code\":\"2006\"}}";
    expect_error(coinpay_flow_answer(flow, text(gone), none(), &out, &err), &err,
                 "store_unavailable");
    coinpay_flow_free(flow);
}

static void a_status_has_a_name_and_another_number_has_none(void)
{
    CHECK(is_text(coinpay_status_name(COINPAY_STATUS_OK), "ok"));
    CHECK(is_text(coinpay_status_name(COINPAY_STATUS_SIGNATURE_WRONG), "signature_wrong"));
    CHECK(coinpay_status_name(77777).len == 0);
    CHECK(coinpay_version().len >= 5);
}

#ifdef PROVOKE
#ifdef __cplusplus
extern "C"
#endif
coinpay_status coinpay_provoke_panic(coinpay_buffer *out, coinpay_buffer *err);

static void a_panic_becomes_a_status_and_the_library_goes_on(void)
{
    coinpay_buffer out, err;
    for (int again = 0; again < 3; again++) {
        coinpay_status status = coinpay_provoke_panic(&out, &err);
        CHECK(out.data == NULL);
        CHECK(strstr((const char *)err.data, "hunter2") == NULL);
        CHECK(strstr((const char *)err.data, "pure.rs:") != NULL);
        expect_error(status, &err, "internal");
        CHECK(coinpay_provoke_panic(&out, NULL) == COINPAY_STATUS_INTERNAL);
    }
    CHECK(coinpay_qr_svg(text("still here"), &out, &err) == COINPAY_STATUS_OK);
    coinpay_buffer_free(&out);
}
#endif

int main(void)
{
    null_arguments_are_refused();
    a_result_is_zeroed_before_anything_else();
    a_secret_is_not_repeated_in_an_error();
    text_that_is_not_utf8_is_refused();
    a_flow_that_is_misused_ends_and_may_be_dropped_anywhere();
    a_status_has_a_name_and_another_number_has_none();
#ifdef PROVOKE
    a_panic_becomes_a_status_and_the_library_goes_on();
#endif
    printf("misuse is refused\n");
    return 0;
}
