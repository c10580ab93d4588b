"""What tenants write to a rental office."""

from typing import Final

from realmate_challenge.webhook_api.management.phrases.topic import Exchange, Topic

REPAIR: Final = Topic(
    need=Exchange(
        'Sou inquilin{o} do imóvel {code}. Apareceu um vazamento embaixo da pia da cozinha.',
        'Sinto muito pelo transtorno! Abri o chamado {protocol} para a manutenção.',
        'Está pingando desde ontem à noite.',
        'Por segurança, feche o registro da cozinha enquanto isso.',
    ),
    details=(
        Exchange(
            'Quando o encanador pode vir?',
            'Ele tem horário na {day}, às {time}. Vai ter alguém em casa?',
            'Fico em casa na parte da manhã.',
        ),
        Exchange('Vou estar, sim. Quem paga o conserto?', 'É por conta do proprietário, pode ficar tranquil{o}.'),
        Exchange(
            'O chuveiro também está dando choque.',
            'Nossa, não use até a visita! Já incluí no mesmo chamado.',
            'É o do banheiro da suíte.',
            'O eletricista vai junto com o encanador.',
        ),
        Exchange(
            'Ele veio, mas faltou uma peça. E agora?',
            'Acabei de falar com ele: volta na {day} com a peça nova.',
            extra='O protocolo continua o mesmo: {protocol}.',
        ),
    ),
)
BILL: Final = Topic(
    need=Exchange(
        'O boleto deste mês ainda não chegou. Pode me mandar a segunda via?',
        'Claro! Acabei de enviar a segunda via para o seu e-mail. O valor é {rent}.',
        'O contrato é o {code}.',
        'O vencimento é dia {due}.',
    ),
    details=(
        Exchange(
            'Consigo pagar por Pix?',
            'Consegue, o código Pix está no próprio boleto.',
            extra='O pagamento cai em até um dia útil.',
        ),
        Exchange('E se eu pagar depois do dia {due}?', 'Depois do vencimento há multa de 10% e juros de 1% ao mês.'),
        Exchange(
            'Dá para mudar o vencimento para o dia {new_due}?',
            'Dá, sim. Vale a partir do próximo boleto.',
            'Meu salário só cai no começo do mês.',
        ),
        Exchange(
            'Paguei agora há pouco. Segue o comprovante.',
            'Recebido! Já dei baixa aqui no sistema.',
            'Foi pelo aplicativo do banco.',
            'O recibo fica disponível na área do cliente.',
        ),
    ),
)
CONTRACT: Final = Topic(
    need=Exchange(
        'Meu contrato do imóvel {code} vence no mês que vem e eu gostaria de renovar.',
        'Que bom que quer ficar! Com o reajuste, o aluguel passa para {rent}.',
        'Moro aí há quase três anos.',
        'A renovação é por mais 30 meses.',
    ),
    details=(
        Exchange(
            'Qual índice vocês usam no reajuste?',
            'O IPCA acumulado dos últimos 12 meses, como está no contrato.',
            'Achei que fosse o IGP-M.',
        ),
        Exchange('Dá para negociar esse valor?', 'Falei com o proprietário: ele mantém o valor atual por seis meses.'),
        Exchange(
            'Preciso ir até aí para assinar?',
            'Não precisa, a assinatura é digital. O link chega no seu e-mail ainda hoje.',
            extra='O link vale por cinco dias.',
        ),
        Exchange('Assinei agora. Deu certo aí?', 'Deu, sim! Em seguida envio a sua via em PDF.'),
    ),
)
MOVING_OUT: Final = Topic(
    need=Exchange(
        'Vou me mudar do imóvel {code}. Como funciona a entrega das chaves?',
        'O aviso é de 30 dias. Depois marcamos a vistoria de saída.',
        'Consegui um emprego em outra cidade.',
        'Pode contar com a gente nessa mudança.',
    ),
    details=(
        Exchange(
            'Vou pagar multa? Faltam quatro meses de contrato.',
            'A multa é proporcional ao tempo que falta: ficaria em {fee}.',
            'No contrato fala em três aluguéis.',
        ),
        Exchange('Preciso pintar o apartamento?', 'Precisa devolver como recebeu, de acordo com o laudo de entrada.'),
        Exchange(
            'Pode marcar a vistoria para a {day}?',
            'Marcado: {day}, às {time}.',
            extra='A vistoria leva mais ou menos uma hora.',
        ),
        Exchange('Onde entrego as chaves?', 'Aqui na loja mesmo, na {street}, {number}, das 9h às 18h.'),
    ),
)
