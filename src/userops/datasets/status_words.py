"""Words that exports write for an order's status, by language and meaning.

As shops and marketplaces write them in their exports. A word that means one thing here and
another there ("offen", "chờ xác nhận") isn't listed: it's asked about, with its count.
"""

from __future__ import annotations

import unicodedata

from userops.datasets.fields import names

# By language and meaning: `valid`, `void` or `refunded`, as in `orders.Status`.
BY_LANGUAGE: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "valid": names(
            "valid,paid,complete,completed,success,succeeded,successful,shipped,delivered,fulfilled,"
            "processing,partially_refunded,partially refunded,partially_paid,closed won,received,"
            "finished,done,settled,captured,confirmed,in transit,awaiting fulfillment,"
            "awaiting shipment,awaiting pickup,partially shipped,ready to ship,ready_to_ship,"
            "to ship,to receive,dispatched,packed"
        ),
        "void": names(
            "void,voided,cancelled,canceled,unpaid,pending,pending payment,pending-payment,"
            "pending_payment,awaiting payment,failed,expired,closed,on-hold,on hold,draft,"
            "checkout-draft,authorized,declined,abandoned,trash,uncaptured,incomplete"
        ),
        "refunded": names("refunded,returned,chargeback,charged back,fully refunded,return/refund"),
    },
    "zh": {
        "valid": names(
            "已付款,已支付,买家已付款,等待卖家发货,等待发货,待发货,已发货,卖家已发货,等待买家确认收货,待收货,"
            "已收货,已签收,已完成,交易成功,交易完成,完成,部分退款,已部分退款,等待买家确认收货,"
            "买家已付款，等待卖家发货,卖家已发货，等待买家确认,已出库,等待出库,配送中,待评价,已评价"
        ),
        "void": names(
            "已取消,取消,未付款,未支付,待付款,待支付,等待付款,等待买家付款,已关闭,关闭,交易关闭,订单关闭,"
            "支付失败,已拆分,锁定,(删除)等待付款,(删除)已取消,已作废,无效"
        ),
        "refunded": names(
            "已退款,退款成功,全额退款,已全额退款,退款完成,已退货,退货退款,退款关闭订单"
        ),
    },
    "fr": {
        "valid": names(
            "payé,payée,paiement accepté,paiement à distance accepté,paiement effectué,terminé,terminée,"
            "complété,complétée,expédié,expédiée,envoyé,envoyée,livré,livrée,en cours,en préparation,"
            "en cours de préparation,préparation en cours,en cours de livraison,traité,traitée,"
            "confirmé,confirmée,partiellement remboursé,partiellement remboursée,"
            "remboursement partiel,partiellement expédié,partiellement expédiée"
        ),
        "void": names(
            "annulé,annulée,en attente,en attente de paiement,en attente du paiement,"
            "en attente de paiement par chèque,en attente du paiement par chèque,"
            "en attente de virement bancaire,impayé,impayée,non payé,non payée,échoué,échouée,échec,"
            "erreur de paiement,paiement refusé,refusé,refusée,expiré,expirée,brouillon,"
            "abandonné,abandonnée"
        ),
        "refunded": names(
            "remboursé,remboursée,retourné,retournée,remboursement effectué,remboursement total"
        ),
    },
    "de": {
        "valid": names(
            "bezahlt,komplett bezahlt,vollständig bezahlt,teilweise bezahlt,zahlung eingegangen,"
            "zahlung akzeptiert,abgeschlossen,komplett abgeschlossen,fertiggestellt,erledigt,"
            "versendet,versandt,verschickt,teilweise versendet,geliefert,ausgeliefert,zugestellt,"
            "in bearbeitung,in zustellung,versandbereit,bestätigt,teilweise erstattet,"
            "teilweise rückerstattet"
        ),
        "void": names(
            "storniert,abgebrochen,ausstehend,zahlung ausstehend,unbezahlt,nicht bezahlt,"
            "wartet auf zahlung,warten auf zahlungseingang,in wartestellung,wartend,fehlgeschlagen,"
            "zahlung fehlgeschlagen,abgelehnt,abgelaufen,entwurf"
        ),
        "refunded": names(
            "erstattet,rückerstattet,zurückerstattet,zurückgezahlt,retourniert,komplett erstattet,"
            "vollständig erstattet"
        ),
    },
    "es": {
        "valid": names(
            "pagado,pagada,pago aceptado,pago confirmado,completado,completada,finalizado,finalizada,"
            "enviado,enviada,entregado,entregada,procesando,en proceso,en preparación,"
            "preparación en curso,preparación en proceso,en tránsito,en camino,confirmado,confirmada,"
            "parcialmente reembolsado,parcialmente reembolsada,reembolsado parcialmente,"
            "parcialmente pagado"
        ),
        "void": names(
            "cancelado,cancelada,anulado,anulada,pendiente,pendiente de pago,pago pendiente,"
            "en espera,en espera de pago,impagado,impagada,no pagado,no pagada,fallido,fallida,"
            "error de pago,error en pago,rechazado,rechazada,expirado,expirada,caducado,caducada,"
            "borrador"
        ),
        "refunded": names(
            "reembolsado,reembolsada,devuelto,devuelta,reembolso completo,reembolso total"
        ),
    },
    "pt": {
        "valid": names(
            "pago,paga,pagamento aprovado,pagamento confirmado,aprovado,aprovada,concluído,concluido,"
            "concluída,concluida,completo,completa,finalizado,enviado,enviada,a enviar,despachado,"
            "entregue,faturado,em processamento,processando,em preparação,em separação,em trânsito,"
            "em transporte,parcialmente reembolsado,parcialmente pago"
        ),
        "void": names(
            "cancelado,cancelada,pendente,pagamento pendente,aguardando pagamento,não pago,nao pago,"
            "não paga,em espera,recusado,recusada,pagamento recusado,expirado,expirada,falhou,"
            "malsucedido,rascunho"
        ),
        "refunded": names(
            "reembolsado,reembolsada,devolvido,devolvida,estornado,estornada,devolução/reembolso,"
            "devolucao/reembolso"
        ),
    },
    "id": {
        "valid": names(
            "selesai,pesanan selesai,lunas,dibayar,sudah dibayar,telah dibayar,dikirim,sudah dikirim,"
            "telah dikirim,perlu dikirim,siap dikirim,sedang dikirim,dalam pengiriman,terkirim,"
            "diterima,pesanan diterima,diproses,sedang diproses,dikemas"
        ),
        "void": names(
            "batal,dibatalkan,pesanan dibatalkan,belum bayar,belum dibayar,menunggu pembayaran,"
            "menunggu dibayar,tertunda,gagal,ditolak,kedaluwarsa,kadaluarsa,draf"
        ),
        "refunded": names(
            "dikembalikan,pengembalian dana,dana dikembalikan,pengembalian barang/dana,"
            "pengembalian selesai"
        ),
    },
    "vi": {
        "valid": names(
            "đã thanh toán,thanh toán thành công,hoàn thành,đã hoàn thành,hoàn tất,đã hoàn tất,"
            "thành công,đã giao,đã giao hàng,giao hàng thành công,đang giao,đang giao hàng,"
            "đang vận chuyển,đã gửi hàng,chờ lấy hàng,chờ giao hàng,đang xử lý,đã nhận hàng,"
            "hoàn tiền một phần"
        ),
        "void": names(
            "đã hủy,đã huỷ,hủy,huỷ,bị hủy,chờ thanh toán,chưa thanh toán,đang chờ,thất bại,"
            "thanh toán thất bại,giao hàng thất bại,hết hạn,bị từ chối,nháp"
        ),
        "refunded": names(
            "đã hoàn tiền,hoàn tiền,đã trả hàng,trả hàng,trả hàng/hoàn tiền,đã hoàn trả"
        ),
    },
    "th": {
        "valid": names(
            "ชำระเงินแล้ว,ชำระแล้ว,จ่ายแล้ว,สำเร็จ,สำเร็จแล้ว,เสร็จสิ้น,เสร็จสมบูรณ์,จัดส่งแล้ว,ส่งแล้ว,"
            "กำลังจัดส่ง,ที่ต้องจัดส่ง,รอจัดส่ง,จัดส่งสำเร็จ,ที่ต้องได้รับ,ได้รับสินค้าแล้ว,"
            "กำลังดำเนินการ,คืนเงินบางส่วน"
        ),
        "void": names(
            "ยกเลิก,ยกเลิกแล้ว,ถูกยกเลิก,รอชำระเงิน,รอการชำระเงิน,ยังไม่ชำระเงิน,ยังไม่ได้ชำระเงิน,"
            "ที่ต้องชำระ,รอดำเนินการ,ล้มเหลว,ไม่สำเร็จ,หมดอายุ,ถูกปฏิเสธ,ฉบับร่าง"
        ),
        "refunded": names("คืนเงินแล้ว,คืนเงิน,คืนสินค้า,คืนสินค้าแล้ว,คืนเงิน/คืนสินค้า,การคืนเงิน/คืนสินค้า"),
    },
    "ja": {
        "valid": names(
            "支払い済み,支払済み,支払済,お支払い済み,支払い完了,支払完了,入金済み,入金済,入金確認済み,決済済み,"
            "決済済,決済完了,発送済み,発送済,発送完了,出荷済み,出荷済,出荷完了,発送待ち,出荷待ち,発送準備中,"
            "配送済み,配送済,配達済み,配達完了,受取済み,完了,取引完了,注文完了,処理中,一部返金,一部返金済み"
        ),
        "void": names(
            "キャンセル,キャンセル済み,キャンセル済,取消,取消済み,取り消し,取り消し済み,未入金,入金待ち,未払い,"
            "支払い待ち,支払待ち,未決済,決済待ち,保留,保留中,失敗,決済エラー,決済失敗,期限切れ,下書き"
        ),
        "refunded": names("返金済み,返金済,返金完了,全額返金,全額返金済み,返品,返品済み,返品済"),
    },
}


# Of the words of orders that don't count, what those that wait for their money have in them: paid on
# delivery, they count.
_WAITING = (
    "pending", "await", "unpaid", "hold", "authorized", "en attente", "impayé", "non payé",
    "ausstehend", "unbezahlt", "nicht bezahlt", "wart", "pendiente", "en espera", "impagad",
    "no pagad", "pendente", "aguardando", "em espera", "não pag", "nao pag", "menunggu", "belum",
    "tertunda", "chờ", "chưa", "รอ", "ยังไม่", "ที่ต้องชำระ", "未", "待", "等待", "保留",
)  # fmt: skip


def waits(word: str) -> bool:
    """Whether a status speaks of money that is yet to come."""
    return any(part in folded(word) for part in _WAITING)


def folded(word: str) -> str:
    """A status as it's compared: accents of one spelling, whatever the case."""
    return unicodedata.normalize("NFC", word).casefold()


def known() -> dict[str, str]:
    """Every status word known by itself, folded, and what it means.

    A letter and its accent can be two characters (NFD): a Mac's files write them so.
    """
    words = {
        folded(word): status
        for by_status in BY_LANGUAGE.values()
        for status, listed in by_status.items()
        for word in listed
    }
    return words | {unicodedata.normalize("NFD", word): what for word, what in words.items()}
