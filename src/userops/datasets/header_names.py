"""Headers of fields in other languages than English and Chinese, as shops' exports write them.

By field, in French, German, Spanish, Portuguese, Italian, Dutch, Indonesian, Vietnamese, Thai,
Japanese, Korean, Polish and Turkish. Compared as all headers are: without case, accents and spaces.
"""

from __future__ import annotations

from userops.datasets.fields import names

USER_ID = names(
    "id client,numéro client,n° client,identifiant client,client id,acheteur,"
    "kunden-id,kundennummer,kunden nr,kunde,käufer,kundennr.,"
    "id cliente,cliente,id de cliente,número de cliente,comprador,código cliente,"
    "id do cliente,código do cliente,"
    "codice cliente,acquirente,"
    "klant id,klantnummer,klant,"
    "id pelanggan,pelanggan,pembeli,nama pembeli,username (pembeli),"
    "mã khách hàng,khách hàng,người mua,"
    "รหัสลูกค้า,ลูกค้า,ผู้ซื้อ,ชื่อผู้ใช้ (ผู้ซื้อ),"
    "顧客id,顧客番号,会員番号,購入者,注文者,"
    "고객id,고객번호,고객 id,회원번호,회원id,구매자,구매자id,"
    "id klienta,klient,numer klienta,"
    "müşteri id,müşteri no,müşteri,müşteri numarası"
)
ORDER_TIME = names(
    "date de paiement,payée le,date de commande,date commande,date de la commande,date de création,"
    "zahlungsdatum,bezahlt am,bestelldatum,bestellt am,kaufdatum,rechnungsdatum,datum,"
    "fecha de pago,fecha de pedido,fecha del pedido,fecha pedido,fecha de compra,fecha,"
    "data de pagamento,data do pagamento,data do pedido,data da compra,data,"
    "data pagamento,data ordine,data dell'ordine,data di acquisto,"
    "betaaldatum,besteldatum,orderdatum,"
    "waktu pembayaran,tanggal pembayaran,waktu pesanan dibuat,tanggal pesanan,tanggal,"
    "ngày thanh toán,ngày đặt hàng,thời gian đặt hàng,ngày tạo đơn,ngày,"
    "วันที่ชำระเงิน,วันที่สั่งซื้อ,วันที่ทำการสั่งซื้อ,วันที่,"
    "支払日,入金日,支払日時,注文日,注文日時,購入日,購入日時,"
    "결제일,결제일시,주문일,주문일시,구매일,날짜,"
    "data płatności,data zamówienia,data zakupu,"
    "ödeme tarihi,sipariş tarihi,tarih"
)
AMOUNT = names(
    "montant payé,total payé,montant ttc,montant total,montant,total ttc,total commande,total de la commande,"
    "gezahlter betrag,gesamtbetrag,bestellsumme,gesamtsumme,summe,betrag,umsatz,gesamt,"
    "importe pagado,total pagado,importe total,total del pedido,total pedido,importe,monto,monto total,"
    "valor pago,valor total,total do pedido,valor do pedido,valor,"
    "importo pagato,totale ordine,totale,importo totale,importo,"
    "betaald bedrag,totaalbedrag,totaal,bedrag,"
    "total pembayaran,jumlah dibayar,total harga,total bayar,jumlah pembayaran,"
    "tổng thanh toán,tổng tiền,tổng cộng,thành tiền,số tiền,"
    "ยอดชำระเงิน,ยอดรวม,จำนวนเงินทั้งหมด,จำนวนเงิน,"
    "支払金額,合計金額,注文金額,購入金額,支払総額,請求金額,合計,"
    "결제금액,총결제금액,주문금액,총금액,금액,"
    "kwota zapłacona,wartość zamówienia,kwota,suma,razem,"
    "ödenen tutar,sipariş tutarı,toplam tutar,toplam,tutar"
)
ORDER_ID = names(
    "numéro de commande,n° commande,n° de commande,id commande,référence commande,référence,"
    "bestellnr,nº pedido,nº de pedido,bestellnummer,bestell-nr.,bestell-id,auftragsnummer,rechnungsnummer,"
    "número de pedido,n° de pedido,id pedido,id de pedido,pedido,"
    "número do pedido,id do pedido,n° do pedido,"
    "numero ordine,id ordine,numero d'ordine,"
    "bestelnummer,ordernummer,"
    "no. pesanan,nomor pesanan,id pesanan,"
    "mã đơn hàng,mã đơn,số đơn hàng,"
    "หมายเลขคำสั่งซื้อ,เลขที่ใบสั่งซื้อ,รหัสคำสั่งซื้อ,"
    "注文番号,注文id,受注番号,"
    "주문번호,주문id,"
    "numer zamówienia,id zamówienia,nr zamówienia,"
    "sipariş no,sipariş numarası,sipariş id"
)
STATUS = names(
    "statut,état,statut de la commande,état de la commande,bestellstatus,auftragsstatus,"
    "estado,estado del pedido,situação,status do pedido,stato,stato ordine,bestelstatus,"
    "status pesanan,trạng thái,trạng thái đơn hàng,สถานะ,สถานะการสั่งซื้อ,"
    "ステータス,注文状況,注文ステータス,주문상태,상태,status zamówienia,durum,sipariş durumu"
)
REFUND = names(
    "montant remboursé,remboursement,remboursé,erstattung,erstattet,erstatteter betrag,rückerstattung,"
    "reembolso,importe reembolsado,monto reembolsado,valor reembolsado,valor do reembolso,rimborso,"
    "importo rimborsato,terugbetaling,terugbetaald,pengembalian dana,jumlah pengembalian,"
    "hoàn tiền,số tiền hoàn,คืนเงิน,ยอดคืนเงิน,返金,返金額,返金金額,환불,환불금액,zwrot,kwota zwrotu,"
    "iade,iade tutarı"
)
CURRENCY = names(
    "devise,monnaie,währung,moneda,divisa,moeda,valuta,mata uang,tiền tệ,สกุลเงิน,通貨,통화,waluta,"
    "para birimi"
)
QUANTITY = names(
    "quantité,qté,menge,anzahl,stückzahl,cantidad,quantidade,qtd,quantità,aantal,hoeveelheid,jumlah,"
    "kuantitas,số lượng,จำนวน,数量,個数,수량,ilość,miktar,adet"
)
UNIT_PRICE = names(
    "prix unitaire,pu ttc,einzelpreis,stückpreis,precio unitario,preço unitário,prezzo unitario,"
    "stukprijs,harga satuan,đơn giá,ราคาต่อหน่วย,単価,단가,cena jednostkowa,birim fiyat"
)
PRICE = names("prix,preis,precio,preço,prezzo,prijs,harga,giá,ราคา,価格,가격,cena,fiyat")
