/* Reads a buffer after it was freed. Built with the address sanitizer it has to be stopped: that
 * shows that the sanitizer watches what the library allocates. */

#include "support.h"

int main(void)
{
    coinpay_buffer out, err;
    CHECK(coinpay_qr_svg(text("x"), &out, &err) == COINPAY_STATUS_OK);
    const volatile uint8_t *data = out.data;
    coinpay_buffer_free(&out);
    printf("%d\n", data[0]);
    return 0;
}
